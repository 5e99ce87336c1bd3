package io.forebay.admin;

/**
 * Lines to paste.
 *
 * @param where file or place they belong to
 * @param text without a line end behind the last line
 */
record Snippet(String where, String text) {
    Snippet {
        text = text.stripTrailing();
    }
}
