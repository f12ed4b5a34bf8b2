/** Messages that are stored first and decided later: committed, or rolled back. */
@NullMarked
package io.carillon.broker.transaction;

import org.jspecify.annotations.NullMarked;
