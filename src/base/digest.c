/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <assert.h>
#include <openssl/evp.h>

#include "base/mem.h"

struct digest {
    EVP_MD_CTX *context;
    EVP_MD *algorithm;
};

struct digest *digest_new(void)
{
    struct digest *d = mem_alloc(sizeof *d);

    d->context = EVP_MD_CTX_new();
    d->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    assert(d->context != NULL && d->algorithm != NULL);
    digest_clear(d);
    return d;
}

void digest_free(struct digest *d)
{
    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->context);
    EVP_MD_free(d->algorithm);
    mem_free(d);
}

void digest_clear(struct digest *d)
{
    int ok = EVP_DigestInit_ex(d->context, d->algorithm, NULL);

    assert(ok == 1);
    (void)ok;
}

void digest_add(struct digest *d, struct slice bytes)
{
    int ok = EVP_DigestUpdate(d->context, bytes.ptr, bytes.len);

    assert(ok == 1);
    (void)ok;
}

void digest_finish_bytes(struct digest *d, unsigned char *sum)
{
    unsigned len = 0;
    int ok = EVP_DigestFinal_ex(d->context, sum, &len);

    assert(ok == 1 && len == DIGEST_SIZE);
    (void)ok;
}

void digest_finish(struct digest *d, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[DIGEST_SIZE];

    digest_finish_bytes(d, sum);
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[DIGEST_HEX_SIZE - 1] = '\0';
}

bool digest_valid(struct slice text)
{
    if (text.len != DIGEST_HEX_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
              (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}
