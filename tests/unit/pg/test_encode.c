/* A wrong byte here is wrong data in every table, or a batch that Postgres cannot read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "pg/encode.h"

enum {
    OID_BOOL = 16, OID_BYTEA = 17, OID_I64 = 20, OID_I16 = 21, OID_I32 = 23, OID_TEXT = 25,
    OID_TIMESTAMPTZ = 1184, OID_NUMERIC = 1700, OID_UUID = 2950, OID_JSONB = 3802,
    OID_I64_ARRAY = 1016, OID_I32_ARRAY = 1007, OID_TEXT_ARRAY = 1009, OID_NUMERIC_ARRAY = 1231,
    OID_UUID_ARRAY = 2951, OID_JSONB_ARRAY = 3807, OID_OTHER = 99999,
};

static struct buf wire;
static struct pg_param param;
static struct err e;

static enum err_class
encode(struct pg_arg a, uint32_t oid)
{
    buf_fini(&wire);
    buf_init(&wire, 1 << 20);
    e = (struct err){ 0 };
    return pg_encode(&a, oid, &wire, &param, &e);
}

static void
expect(bool binary, const char *bytes, size_t n)
{
    assert_false(param.null);
    assert_int_equal(param.binary, binary);
    assert_int_equal(param.n, n);
    assert_memory_equal(wire.p + param.at, bytes, n);
    assert_int_equal(wire.p[param.at + n], 0); /* printed forms need the end */
}
#define EXPECT_BINARY(literal) expect(true, literal, sizeof(literal) - 1)
#define EXPECT_PRINTED(literal) expect(false, literal, sizeof(literal) - 1)

static void
integers_narrow_to_the_parameter(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_I64(258), OID_I64), ERR_NONE);
    EXPECT_BINARY("\0\0\0\0\0\0\1\2");
    assert_int_equal(encode(PG_I64(-2), OID_I32), ERR_NONE);
    EXPECT_BINARY("\xff\xff\xff\xfe");
    assert_int_equal(encode(PG_I32(258), OID_I16), ERR_NONE);
    EXPECT_BINARY("\1\2");
}

static void
an_integer_that_does_not_fit_is_rejected(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_I64(INT64_C(1) << 31), OID_I32), ERR_REJECT);
    assert_string_equal(e.code, "22003");
    assert_non_null(strstr(e.text, "2147483648"));
    assert_int_equal(encode(PG_I64(-32769), OID_I16), ERR_REJECT);
    assert_int_equal(encode(PG_I64(INT32_MIN), OID_I32), ERR_NONE);
}

static void
text_fits_what_is_text_inside(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_CSTR("a'b"), OID_TEXT), ERR_NONE);
    EXPECT_BINARY("a'b");
    assert_int_equal(encode(PG_CSTR("{}"), OID_JSONB), ERR_NONE);
    EXPECT_BINARY("\1{}");
    assert_int_equal(encode(PG_TEXT(((struct str){ "\\x\0", 3 })), OID_BYTEA), ERR_NONE);
    EXPECT_BINARY("\\x\0");
    assert_int_equal(encode(PG_CSTR("19.99"), OID_NUMERIC), ERR_NONE);
    EXPECT_PRINTED("19.99");
    assert_int_equal(encode(PG_CSTR("5"), OID_OTHER), ERR_NONE);
    EXPECT_PRINTED("5");
}

/* Printed forms end at the first NUL: without this check the rest of the value would silently vanish. */
static void
a_printed_text_with_nul_is_rejected(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_TEXT(((struct str){ "1\0002", 3 })), OID_NUMERIC), ERR_REJECT);
    const struct str two[] = { STR("1"), { "1\0002", 3 } };
    assert_int_equal(encode(PG_TEXTS(two, 2), OID_UUID_ARRAY), ERR_REJECT);
}

static void
null_is_null_and_empty_is_not(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_NULL(), OID_I64), ERR_NONE);
    assert_true(param.null);
    assert_int_equal(encode(PG_TEXT(((struct str){ NULL, 0 })), OID_TEXT), ERR_NONE);
    assert_true(param.null);
    assert_int_equal(encode(PG_TIME(((struct time_us){ 0 })), OID_TIMESTAMPTZ), ERR_NONE);
    assert_true(param.null);
    assert_int_equal(encode(PG_TEXT(STR("")), OID_TEXT), ERR_NONE);
    EXPECT_BINARY("");
    assert_int_equal(encode(PG_I64(0), OID_I64), ERR_NONE);
    assert_false(param.null);
}

static void
time_counts_from_the_year_2000(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_TIME(((struct time_us){ INT64_C(946684800000001) })), OID_TIMESTAMPTZ), ERR_NONE);
    EXPECT_BINARY("\0\0\0\0\0\0\0\1");
    assert_int_equal(encode(PG_TIME(((struct time_us){ INT64_C(946684799999999) })), OID_TIMESTAMPTZ), ERR_NONE);
    EXPECT_BINARY("\xff\xff\xff\xff\xff\xff\xff\xff");
}

static void
an_array_carries_nulls_and_lengths(void **state)
{
    const struct str v[] = { STR("ab"), { NULL, 0 }, STR("") };
    (void)state;
    assert_int_equal(encode(PG_TEXTS(v, 3), OID_TEXT_ARRAY), ERR_NONE);
    EXPECT_BINARY("\0\0\0\1" "\0\0\0\1" "\0\0\0\31" "\0\0\0\3" "\0\0\0\1"
                  "\0\0\0\2" "ab" "\xff\xff\xff\xff" "\0\0\0\0");
}

static void
an_empty_array_has_no_dimension(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_I64S(NULL, 0), OID_I64_ARRAY), ERR_NONE);
    EXPECT_BINARY("\0\0\0\0" "\0\0\0\1" "\0\0\0\24");
}

static void
elements_narrow_like_single_values(void **state)
{
    const int64_t good[] = { 1, -1 }, bad[] = { 1, INT64_C(1) << 40 };
    (void)state;
    assert_int_equal(encode(PG_I64S(good, 2), OID_I32_ARRAY), ERR_NONE);
    EXPECT_BINARY("\0\0\0\1" "\0\0\0\1" "\0\0\0\27" "\0\0\0\2" "\0\0\0\1"
                  "\0\0\0\4" "\0\0\0\1" "\0\0\0\4" "\xff\xff\xff\xff");
    assert_int_equal(encode(PG_I64S(bad, 2), OID_I32_ARRAY), ERR_REJECT);
}

static void
arrays_without_binary_form_are_printed_and_quoted(void **state)
{
    const struct decimal money[] = { { 19990000 }, { -1500000 } };
    const struct str texts[] = { STR("a\"b\\c,d"), { NULL, 0 }, STR("NULL") };
    (void)state;
    assert_int_equal(encode(PG_DECIMALS(money, 2), OID_NUMERIC_ARRAY), ERR_NONE);
    EXPECT_PRINTED("{\"19.99\",\"-1.50\"}");
    assert_int_equal(encode(PG_TEXTS(texts, 3), OID_OTHER), ERR_NONE);
    EXPECT_PRINTED("{\"a\\\"b\\\\c,d\",NULL,\"NULL\"}");
}

static void
jsonb_elements_carry_their_version(void **state)
{
    const struct str v[] = { STR("[]") };
    (void)state;
    assert_int_equal(encode(PG_TEXTS(v, 1), OID_JSONB_ARRAY), ERR_NONE);
    EXPECT_BINARY("\0\0\0\1" "\0\0\0\1" "\0\0\16\xda" "\0\0\0\1" "\0\0\0\1" "\0\0\0\3" "\1[]");
}

/* A forgotten cast in a .sql file must be named, not sent as something else. */
static void
the_wrong_shape_is_our_mistake(void **state)
{
    const int64_t v[] = { 1 };
    (void)state;
    assert_int_equal(encode(PG_I64S(v, 1), OID_I64), ERR_FATAL);
    assert_non_null(strstr(e.text, "bigint"));
    assert_int_equal(encode(PG_I64(1), OID_I64_ARRAY), ERR_FATAL);
    assert_int_equal(encode(PG_BYTEA(STR("x")), OID_NUMERIC), ERR_FATAL);
}

static void
other_kinds_print_where_they_must(void **state)
{
    (void)state;
    assert_int_equal(encode(PG_BOOL(true), OID_BOOL), ERR_NONE);
    EXPECT_BINARY("\1");
    assert_int_equal(encode(PG_BOOL(false), OID_TEXT), ERR_NONE);
    EXPECT_PRINTED("false");
    assert_int_equal(encode(PG_I64(-7), OID_NUMERIC), ERR_NONE);
    EXPECT_PRINTED("-7");
    assert_int_equal(encode(PG_DECIMAL(((struct decimal){ 0 })), OID_NUMERIC), ERR_NONE);
    EXPECT_PRINTED("0.00");
}

static void
a_batch_larger_than_the_limit_is_noticed(void **state)
{
    static char big[4096];
    struct buf small;
    const struct str v[] = { { big, sizeof big }, { big, sizeof big } };
    (void)state;
    buf_init(&small, 5000);
    assert_int_equal(pg_encode(&PG_TEXTS(v, 2), OID_TEXT_ARRAY, &small, &param, &e), ERR_NONE);
    assert_int_equal(buf_check(&small, "arguments", &e), ERR_REJECT);
    buf_fini(&small);
}

static int
finish(void **state)
{
    (void)state;
    buf_fini(&wire);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_narrow_to_the_parameter),
        cmocka_unit_test(an_integer_that_does_not_fit_is_rejected),
        cmocka_unit_test(text_fits_what_is_text_inside),
        cmocka_unit_test(a_printed_text_with_nul_is_rejected),
        cmocka_unit_test(null_is_null_and_empty_is_not),
        cmocka_unit_test(time_counts_from_the_year_2000),
        cmocka_unit_test(an_array_carries_nulls_and_lengths),
        cmocka_unit_test(an_empty_array_has_no_dimension),
        cmocka_unit_test(elements_narrow_like_single_values),
        cmocka_unit_test(arrays_without_binary_form_are_printed_and_quoted),
        cmocka_unit_test(jsonb_elements_carry_their_version),
        cmocka_unit_test(the_wrong_shape_is_our_mistake),
        cmocka_unit_test(other_kinds_print_where_they_must),
        cmocka_unit_test(a_batch_larger_than_the_limit_is_noticed),
    };
    buf_init(&wire, 1 << 20);
    return cmocka_run_group_tests(tests, NULL, finish);
}
