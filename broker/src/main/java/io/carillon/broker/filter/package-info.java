/** What a subscription lets through: by tags, or by an expression over a message's properties. */
@NullMarked
package io.carillon.broker.filter;

import org.jspecify.annotations.NullMarked;
