/** Who is connected: producers, consumers, and how the broker reaches them. */
@NullMarked
package io.carillon.broker.client;

import org.jspecify.annotations.NullMarked;
