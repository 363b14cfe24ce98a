# SPDX-License-Identifier: Apache-2.0
"""A day in a shop, played against the whole stack, and judged by somebody who shares no code with it.

    world      the shop and its buildings: what exists before the day begins
    feed       stock movements and parcels, over HTTP and over Kafka, and when each was accepted
    people     shoppers who order on an open-loop schedule, staff who edit and cancel, a warehouse that ships
    oracle     folds the sandbox's history and what was fed into what must be true, and compares
    hops       latencies: from the act to the commit, or to the effect in the sandbox's ledger
    machine    memory and processor time of the stack's processes
    chaos      kills processes by a seed
    report     the table, and the JSON object
    day        the order of events
"""
