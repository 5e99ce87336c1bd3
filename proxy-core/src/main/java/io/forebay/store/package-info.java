/**
 * Bytes by digest: reserve, append, follow, verify, commit, abort, open, delete.
 */
@NullMarked
package io.forebay.store;

import org.jspecify.annotations.NullMarked;
