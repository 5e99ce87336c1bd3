/**
 * What administrators name: repositories and the sources they subscribe to.
 */
@NullMarked
package io.forebay.repository;

import org.jspecify.annotations.NullMarked;
