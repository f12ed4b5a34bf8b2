/** The vocabulary of messages: the stored record's bytes, properties, ids, topics, groups, subscriptions and routes. */
@NullMarked
package io.carillon.message;

import org.jspecify.annotations.NullMarked;
