/* SPDX-License-Identifier: MIT */
/* Numbers: the family of math.h, and what asks about them. */
/* For exp10, significand, drem and the Bessel functions. */
#define _GNU_SOURCE
#include "jq/builtin.h"

#include <float.h>
#include <math.h>

#include "jq/builtin_core.h"

static int needs_number(struct eval *e, struct val v)
{
    return eval_error_of(e, v, "number required");
}

/* Each takes a semicolon behind it. */
#define ONE(f)                                                               \
    static int do_##f(struct eval *e, struct val in, const struct val *args, \
                      struct val *out)                                       \
    {                                                                        \
        (void)args;                                                          \
        if (in.kind != VAL_NUMBER)                                           \
            return needs_number(e, in);                                      \
        *out = val_number(f(val_double(in)));                                \
        return 1;                                                            \
    }                                                                        \
    struct eval

#define TWO(f)                                                               \
    static int do_##f(struct eval *e, struct val in, const struct val *args, \
                      struct val *out)                                       \
    {                                                                        \
        (void)in;                                                            \
        for (int i = 0; i < 2; i++) {                                        \
            if (args[i].kind != VAL_NUMBER)                                  \
                return needs_number(e, args[i]);                             \
        }                                                                    \
        *out = val_number(f(val_double(args[0]), val_double(args[1])));      \
        return 1;                                                            \
    }                                                                        \
    struct eval

ONE(acos);
ONE(acosh);
ONE(asin);
ONE(asinh);
ONE(atan);
ONE(atanh);
ONE(cbrt);
ONE(ceil);
ONE(cos);
ONE(cosh);
ONE(erf);
ONE(erfc);
ONE(exp);
ONE(exp10);
ONE(exp2);
ONE(expm1);
ONE(fabs);
ONE(floor);
ONE(j0);
ONE(j1);
ONE(log);
ONE(log10);
ONE(log1p);
ONE(log2);
ONE(logb);
ONE(nearbyint);
ONE(rint);
ONE(round);
ONE(significand);
ONE(sin);
ONE(sinh);
ONE(sqrt);
ONE(tan);
ONE(tanh);
ONE(tgamma);
ONE(trunc);
ONE(y0);
ONE(y1);
TWO(atan2);
TWO(copysign);
TWO(drem);
TWO(fdim);
TWO(fmax);
TWO(fmin);
TWO(fmod);
TWO(hypot);
TWO(nextafter);
TWO(pow);
TWO(remainder);

/* lgamma(3) writes to a global. */
static double log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

ONE(log_gamma);

/* What is beyond all exponents is as good as the next int. */
static int to_int(double n)
{
    return n > 1e6 ? 1000000 : n < -1e6 ? -1000000 : isnan(n) ? 0 : (int)n;
}

static double load_exponent(double x, double n)
{
    return ldexp(x, to_int(n));
}

static double bessel_first(double n, double x)
{
    return jn(to_int(n), x);
}

static double bessel_second(double n, double x)
{
    return yn(to_int(n), x);
}

static double towards(double x, double y)
{
    return nexttoward(x, (long double)y);
}

TWO(load_exponent);
TWO(bessel_first);
TWO(bessel_second);
TWO(towards);
TWO(scalb);

static int do_fma(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    (void)in;
    for (int i = 0; i < 3; i++) {
        if (args[i].kind != VAL_NUMBER)
            return needs_number(e, args[i]);
    }
    *out = val_number(
        fma(val_double(args[0]), val_double(args[1]), val_double(args[2])));
    return 1;
}

static int give_two(struct eval *e, double first, double second,
                    struct val *out)
{
    *out = val_array(&e->arena, 2);
    if (!val_no_room(*out))
        *out = val_append(&e->arena, *out, val_number(first));
    if (!val_no_room(*out))
        *out = val_append(&e->arena, *out, val_number(second));
    return eval_give(e, *out, out);
}

static int do_frexp(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    int exponent = 0;
    double fraction;

    (void)args;
    if (in.kind != VAL_NUMBER)
        return needs_number(e, in);
    fraction = frexp(val_double(in), &exponent);
    return give_two(e, fraction, isfinite(fraction) ? exponent : 0, out);
}

static int do_modf(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    double whole, fraction;

    (void)args;
    if (in.kind != VAL_NUMBER)
        return needs_number(e, in);
    fraction = modf(val_double(in), &whole);
    return give_two(e, fraction, whole, out);
}

static int do_lgamma_r(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    int sign = 0;
    double value;

    (void)args;
    if (in.kind != VAL_NUMBER)
        return needs_number(e, in);
    value = lgamma_r(val_double(in), &sign);
    return give_two(e, value, sign, out);
}

static int nan_value(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)e;
    (void)in;
    (void)args;
    *out = val_number(NAN);
    return 1;
}

static int infinite(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    (void)e;
    (void)in;
    (void)args;
    *out = val_number(INFINITY);
    return 1;
}

/* What is no number is none of these. */
static int is_nan(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    (void)e;
    (void)args;
    *out = val_bool(in.kind == VAL_NUMBER && isnan(val_double(in)));
    return 1;
}

static int is_infinite(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    (void)e;
    (void)args;
    *out = val_bool(in.kind == VAL_NUMBER && isinf(val_double(in)));
    return 1;
}

static int is_normal(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)e;
    (void)args;
    *out = val_bool(in.kind == VAL_NUMBER && isnormal(val_double(in)));
    return 1;
}

/* What is not below 0 stays as it is, also what is no number. */
static int absolute(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    (void)args;
    *out = in;
    if (val_compare(&e->arena, in, val_number(0)) >= 0)
        return 1;
    if (in.kind != VAL_NUMBER)
        return eval_error_of(e, in, "cannot be negated");
    *out = val_number(-val_double(in));
    return 1;
}

#define ROW_ONE(f)                   \
    {                                \
        .name = #f, .values = do_##f \
    }
#define ROW_TWO(f)                               \
    {                                            \
        .name = #f, .arity = 2, .values = do_##f \
    }

const struct builtin builtin_math[] = {
    ROW_ONE(acos),
    ROW_ONE(acosh),
    ROW_ONE(asin),
    ROW_ONE(asinh),
    ROW_ONE(atan),
    ROW_ONE(atanh),
    ROW_ONE(cbrt),
    ROW_ONE(ceil),
    ROW_ONE(cos),
    ROW_ONE(cosh),
    ROW_ONE(erf),
    ROW_ONE(erfc),
    ROW_ONE(exp),
    ROW_ONE(exp10),
    ROW_ONE(exp2),
    ROW_ONE(expm1),
    ROW_ONE(fabs),
    ROW_ONE(floor),
    ROW_ONE(j0),
    ROW_ONE(j1),
    {.name = "lgamma", .values = do_log_gamma},
    ROW_ONE(log),
    ROW_ONE(log10),
    ROW_ONE(log1p),
    ROW_ONE(log2),
    ROW_ONE(logb),
    ROW_ONE(nearbyint),
    ROW_ONE(rint),
    ROW_ONE(round),
    ROW_ONE(significand),
    ROW_ONE(sin),
    ROW_ONE(sinh),
    ROW_ONE(sqrt),
    ROW_ONE(tan),
    ROW_ONE(tanh),
    ROW_ONE(tgamma),
    ROW_ONE(trunc),
    ROW_ONE(y0),
    ROW_ONE(y1),
    ROW_TWO(atan2),
    ROW_TWO(copysign),
    ROW_TWO(drem),
    ROW_TWO(fdim),
    ROW_TWO(fmax),
    ROW_TWO(fmin),
    ROW_TWO(fmod),
    ROW_TWO(hypot),
    ROW_TWO(nextafter),
    ROW_TWO(pow),
    ROW_TWO(remainder),
    {.name = "ldexp", .arity = 2, .values = do_load_exponent},
    {.name = "scalbln", .arity = 2, .values = do_load_exponent},
    {.name = "scalb", .arity = 2, .values = do_scalb},
    {.name = "jn", .arity = 2, .values = do_bessel_first},
    {.name = "yn", .arity = 2, .values = do_bessel_second},
    {.name = "nexttoward", .arity = 2, .values = do_towards},
    {.name = "fma", .arity = 3, .values = do_fma},
    {.name = "frexp", .values = do_frexp},
    {.name = "modf", .values = do_modf},
    {.name = "lgamma_r", .values = do_lgamma_r},
    {.name = "gamma", .values = do_log_gamma},
    {.name = "pow10", .values = do_exp10},
    {.name = "abs", .values = absolute},
    {.name = "nan", .values = nan_value},
    {.name = "infinite", .values = infinite},
    {.name = "isnan", .values = is_nan},
    {.name = "isinfinite", .values = is_infinite},
    {.name = "isnormal", .values = is_normal},
    {0},
};
