/* A number that counts what is done to it, for reference.c compiled as C++ (COUNT_OPERATIONS).
 *
 * A comparison counts as nothing, and neither does a change of sign. */

#ifndef COUNTED_H
#define COUNTED_H

#include <math.h>
#include <stdint.h>

enum { ADDED, MULTIPLIED, DIVIDED, EXPONENTIALS, LOGARITHMS, POWERS, OTHER_FUNCTIONS, KINDS };

extern "C" {
uint64_t operations[KINDS];
}

struct real {
    double value;
    real() = default;
    real(double number) : value(number) {}
    explicit operator int() const { return (int)value; }
};

static inline real counted(int kind, double value)
{
    operations[kind]++;
    return real(value);
}

static inline real operator+(real a, real b) { return counted(ADDED, a.value + b.value); }
static inline real operator-(real a, real b) { return counted(ADDED, a.value - b.value); }
static inline real operator*(real a, real b) { return counted(MULTIPLIED, a.value * b.value); }
static inline real operator/(real a, real b) { return counted(DIVIDED, a.value / b.value); }
static inline real operator-(real a) { return real(-a.value); }
static inline real &operator+=(real &a, real b) { return a = a + b; }
static inline real &operator-=(real &a, real b) { return a = a - b; }
static inline real &operator*=(real &a, real b) { return a = a * b; }
static inline real &operator/=(real &a, real b) { return a = a / b; }
static inline bool operator<(real a, real b) { return a.value < b.value; }
static inline bool operator>(real a, real b) { return a.value > b.value; }
static inline bool operator<=(real a, real b) { return a.value <= b.value; }
static inline bool operator>=(real a, real b) { return a.value >= b.value; }
static inline bool operator==(real a, real b) { return a.value == b.value; }
static inline bool operator!=(real a, real b) { return a.value != b.value; }
static inline real exp(real a) { return counted(EXPONENTIALS, exp(a.value)); }
static inline real log(real a) { return counted(LOGARITHMS, log(a.value)); }
static inline real pow(real a, real b) { return counted(POWERS, pow(a.value, b.value)); }
static inline real cbrt(real a) { return counted(OTHER_FUNCTIONS, cbrt(a.value)); }
static inline real tgamma(real a) { return counted(OTHER_FUNCTIONS, tgamma(a.value)); }
static inline real fabs(real a) { return real(fabs(a.value)); }

#endif
