/** A realistic origin for load: CRAN, Bioconductor and PyPI on one port, with nothing stored and everything checkable. */
@NullMarked
package io.forebay.load.origin;

import org.jspecify.annotations.NullMarked;
