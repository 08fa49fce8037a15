/* Multiply-adds in registers: the machine's arithmetic peak. WIDTH is in bytes; vectors wider than
   the processor's are kept in memory, so that the caller tries several widths. */

#include <stdint.h>

typedef double Wide __attribute__((vector_size(WIDTH)));

enum { CHAINS = 12 }; /* side by side: more than two units with five steps each can take */

/* Do ``passes`` * CHAINS * WIDTH / 8 multiply-adds; what comes back keeps them from being left out. */
double multiply_and_add(int64_t passes, double factor, double term)
{
    Wide chain[CHAINS], wide_factor = {0}, wide_term = {0}, sum = {0};
    wide_factor += factor;
    wide_term += term;
    for (int k = 0; k < CHAINS; k++)
        chain[k] = wide_term + (double)k;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int k = 0; k < CHAINS; k++)
            chain[k] = chain[k] * wide_factor + wide_term;
    for (int k = 0; k < CHAINS; k++)
        sum += chain[k];
    return sum[0];
}
