/** From a message that a consumer could not consume to its next try, or to the dead letters. */
@NullMarked
package io.carillon.broker.retry;

import org.jspecify.annotations.NullMarked;
