/**
 * CRAN and Bioconductor: paths, DCF and RDS indexes.
 */
@NullMarked
package io.forebay.ecosystem.r;

import org.jspecify.annotations.NullMarked;
