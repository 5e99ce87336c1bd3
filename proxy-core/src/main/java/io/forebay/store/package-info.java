/**
 * Bytes by digest: reserve, append, follow, verify, commit, suspend, resume, abort, open, delete.
 */
@NullMarked
package io.forebay.store;

import org.jspecify.annotations.NullMarked;
