/** Popping: messages are handed out, invisible for a while, and settled or handed out again. */
@NullMarked
package io.carillon.broker.pop;

import org.jspecify.annotations.NullMarked;
