/*
 * decimal.h: money amounts and other decimals, exact: "19.99" <-> int64 millionths. Never a float.
 *
 * Text that comes out is canonical: at least two, at most six fraction digits, no superfluous zeros
 * ("55.0" and "55.00" both give "55.00"), so that a webhook body and a read give the same fact.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/err.h"
#include "base/types.h"

enum { DECIMAL_TEXT_SIZE = 32 };
#define DECIMAL_ONE INT64_C(1000000)

struct decimal { int64_t micro; };

/* REJECT on anything but [-]digits[.digits], on a seventh fraction digit that is not zero, and on
 * overflow. */
MUST_CHECK enum err_class decimal_parse(struct str text, struct decimal *ret, struct err *e);
/* The text of a JSON number, with or without fraction and exponent; digits beyond the sixth place
 * are cut. False when it is none or too large. */
bool decimal_of_number(struct str text, struct decimal *ret);
const char *decimal_format(struct decimal d, char text[DECIMAL_TEXT_SIZE]);

#endif
