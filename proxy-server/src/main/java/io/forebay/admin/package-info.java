/**
 * API and pages for people.
 */
@NullMarked
package io.forebay.admin;

import org.jspecify.annotations.NullMarked;
