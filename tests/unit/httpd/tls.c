/*
 * tls.c: OpenSSL, for the other side of the wire.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tls.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

static void
must(bool ok)
{
    if (!ok) {
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static void
take_text(BIO *from, char to[TLS_PEM_MAX])
{
    const int n = BIO_read(from, to, TLS_PEM_MAX - 1);
    must(n > 0);
    to[n] = '\0';
    BIO_free(from);
}

static X509 *
self_signed(EVP_PKEY *key)
{
    X509 *x = X509_new();
    must(x != NULL && X509_set_version(x, 2) == 1);
    must(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
    must(X509_gmtime_adj(X509_getm_notBefore(x), -3600) != NULL);
    must(X509_gmtime_adj(X509_getm_notAfter(x), 3600) != NULL);
    must(X509_set_pubkey(x, key) == 1);
    X509_NAME *name = X509_get_subject_name(x);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
                                          -1, -1,
                                    0) == 1);
    must(X509_set_issuer_name(x, name) == 1);
    must(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

void
tls_make_pair(char cert[TLS_PEM_MAX], char key[TLS_PEM_MAX])
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    must(pair != NULL);
    X509 *x = self_signed(pair);
    BIO *cert_out = BIO_new(BIO_s_mem()), *key_out = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(cert_out, x) == 1);
    must(PEM_write_bio_PrivateKey(key_out, pair, NULL, NULL, 0, NULL, NULL) == 1);
    take_text(cert_out, cert);
    take_text(key_out, key);
    X509_free(x);
    EVP_PKEY_free(pair);
}

static SSL_CTX *
context_trusting(const char *cert)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    BIO *in = BIO_new_mem_buf(cert, -1);
    X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
    must(ctx != NULL && x != NULL);
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    X509_free(x);
    BIO_free(in);
    return ctx;
}

bool
tls_exchange(int fd, const char *cert, const char *request, char *answer, size_t size)
{
    SSL_CTX *ctx = context_trusting(cert);
    SSL *ssl = SSL_new(ctx);
    int got = 0;
    must(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
    const bool ok = SSL_connect(ssl) == 1 && SSL_write(ssl, request, (int)strlen(request)) > 0 &&
                    (got = SSL_read(ssl, answer, (int)size - 1)) > 0;
    answer[ok ? got : 0] = '\0';
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return ok;
}
