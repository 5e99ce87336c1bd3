package io.forebay.upstream;

/** What an origin sent is not HTTP, or not an answer to what it was asked. The message completes "The origin ... breaks HTTP: ". */
final class BrokenHttp extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenHttp(String reason) {
        super(reason, null, false, false);
    }
}
