/** The replicated state: topics, groups and consumer offsets, changed by metadata entries of the log alone. */
@NullMarked
package io.carillon.broker.metadata;

import org.jspecify.annotations.NullMarked;
