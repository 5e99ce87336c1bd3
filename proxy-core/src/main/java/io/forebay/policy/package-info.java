/**
 * May this principal have this package?
 */
@NullMarked
package io.forebay.policy;

import org.jspecify.annotations.NullMarked;
