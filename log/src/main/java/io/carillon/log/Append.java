package io.carillon.log;

import org.jspecify.annotations.Nullable;

/** What stands in line before the writer: a batch, a metadata entry, or a piece of work for the writer itself. */
abstract sealed class Append permits AppendBatch, MetadataAppend, WriterTask {
    /** Tells whoever handed it in; called once, null when it is durable. */
    abstract void complete(@Nullable Refusal outcome);
}
