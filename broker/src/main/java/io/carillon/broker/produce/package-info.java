/** From a message that a client hands in to a batch in the log. */
@NullMarked
package io.carillon.broker.produce;

import org.jspecify.annotations.NullMarked;
