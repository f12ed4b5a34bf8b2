/** The group of brokers that this one is a member of, if any: who is in it, and how that is changed. */
@NullMarked
package io.carillon.broker.cluster;

import org.jspecify.annotations.NullMarked;
