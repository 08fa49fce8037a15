/* Multiply-adds in registers, as wide as the processor has them: the machine's arithmetic peak. */

#include <stdint.h>

typedef double Wide __attribute__((vector_size(64)));

enum { CHAINS = 8 }; /* side by side: as many as two units with four steps each can take */

/* Do ``passes`` * CHAINS * 8 multiply-adds; what comes back only keeps them from being left out. */
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
