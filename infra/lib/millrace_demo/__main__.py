# SPDX-License-Identifier: Apache-2.0
import sys

from .day import main

sys.exit(main())
