package io.forebay.ecosystem.python;

/**
 * A file of a page, as this repository names it.
 *
 * @param href relative reference to the file, percent-encoded, without fragment
 * @param key path of the file's key within its source
 * @param plain whether the origin knows the file by its path alone, without a query
 */
record FileLink(String href, String key, boolean plain) {}
