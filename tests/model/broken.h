/*
 * broken.h: rules with one mistake each, which somebody might well make.  Whoever measures that
 * nothing depends on the order of arrival shows with them that he would have seen it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_BROKEN_H
#define TESTS_BROKEN_H

#include "order_model.h"

struct broken_rules {
    const char *name, *mistake;
    struct model_rules rules;
};
extern const struct broken_rules broken_rules[];
extern const size_t n_broken_rules;

#endif
