/** Measures the packed server against Apache RocketMQ, in turns, with frames written by hand. */
@NullMarked
package io.carillon.bench;

import org.jspecify.annotations.NullMarked;
