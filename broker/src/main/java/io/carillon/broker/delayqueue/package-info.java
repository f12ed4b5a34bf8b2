/**
 * The delay queue's engine that needs nothing but this broker: messages are the broker's, what is due later is its
 * schedule's, pulling is popping. RocketMQ's clients see the same messages.
 */
@NullMarked
package io.carillon.broker.delayqueue;

import org.jspecify.annotations.NullMarked;
