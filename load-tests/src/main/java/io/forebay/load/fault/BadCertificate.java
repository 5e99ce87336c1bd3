package io.forebay.load.fault;

/** What is wrong with the certificate of a TLS port. */
public enum BadCertificate {
    /** Nothing: who trusts the authority gets through. */
    NONE,
    EXPIRED,
    NOT_YET_VALID,
    WRONG_HOST,
    SELF_SIGNED,
    /** A good certificate over TLS 1.1. */
    WEAK_PROTOCOL
}
