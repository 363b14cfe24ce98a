/*
 * metafield.c: see metafield.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/metafield.h"

#include <stdlib.h>

#include "domain/each.h"

static const struct jfield fields[] = {
    JSON_STR(struct metafield, key, "key", 0),
    JSON_STR(struct metafield, name_space, "namespace", 0),
    JSON_STR(struct metafield, type, "type", 0),
    JSON_STR(struct metafield, value, "value", 0),
};
const struct shape metafield_shape = SHAPE(struct metafield, SHAPE_CLOSED, fields);
const struct shape metafield_node_shape = SHAPE(struct metafield, SHAPE_OPEN, fields);

static bool
is_named(const char *list, struct str name)
{
    while (list != NULL && *list != '\0') {
        const size_t n = strcspn(list, ", ");
        if (n > 0 && str_eq((struct str){ list, n }, name))
            return true;
        list += n + (list[n] != '\0');
    }
    return false;
}

static int
by_name(const void *pa, const void *pb)
{
    const struct metafield *a = pa, *b = pb;
    const int c = str_cmp(a->name_space, b->name_space);

    return c != 0 ? c : str_cmp(a->key, b->key);
}

void
metafields_keep(struct jarray *a, const char *namespaces)
{
    struct metafield *v = a->v;
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        if (is_named(namespaces, v[i].name_space))
            v[n++] = v[i];
    a->n = n;
    if (n > 1)
        qsort(v, n, sizeof(v[0]), by_name);
}

void
metafields_emit(struct emit *j, const char *key, const struct jarray *a)
{
    emit_array(j, key);
    EACH(struct metafield, m, a) {
        emit_object(j, NULL);
        emit_str(j, "key", m->key);
        emit_str(j, "namespace", m->name_space);
        emit_str(j, "type", m->type);
        emit_str(j, "value", m->value);
        emit_object_end(j);
    }
    emit_array_end(j);
}
