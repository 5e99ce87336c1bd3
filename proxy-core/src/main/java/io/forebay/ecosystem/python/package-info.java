/**
 * Python package indexes: PEP 503, 592, 629, 658, 691, 700, 714 and 740.
 */
@NullMarked
package io.forebay.ecosystem.python;

import org.jspecify.annotations.NullMarked;
