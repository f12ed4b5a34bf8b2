package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Storage;
import io.carillon.testkit.LossyStorage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A copy that is read a little at a time, so that a test can let the log go on in between. */
final class SteppedCopy {
    private final LogCopies copies;
    private final CopyListing listing;
    private final LossyStorage folder = new LossyStorage();
    private final List<CopyManifest.Entry> whole = new ArrayList<>();
    private final CRC32C crc = new CRC32C();
    private long at;
    private boolean isEnded;

    private SteppedCopy(LogCopies copies, CopyListing listing) {
        this.copies = copies;
        this.listing = listing;
    }

    static SteppedCopy begin(LogCopies copies) {
        return new SteppedCopy(copies, (CopyListing) copies.begin("test"));
    }

    /** Reads so many bytes more, at most, if they are on disk. */
    void step(int bytesMax) {
        CopiedFile file = listing.files().get(whole.size());
        int length = (int) Math.min(bytesMax, file.size() - at);
        switch (copies.part(listing.copy(), file.name(), at, length, true)) {
            case CopyAnswer.Part part -> take(file, part.bytes());
            case CopyAnswer.NotYet _ -> {}
            case CopyEnded _ -> isEnded = true;
        }
    }

    private void take(CopiedFile file, byte[] bytes) {
        try (Storage.File into = folder.open(file.name())) {
            into.write(at, ByteBuffer.wrap(bytes));
        }
        crc.update(bytes);
        at += bytes.length;
        if (at == file.size()) {
            whole.add(new CopyManifest.Entry(file.name(), file.size(), (int) crc.getValue()));
            crc.reset();
            at = 0;
        }
    }

    /** Whether the log has given it up. */
    boolean isEnded() {
        return isEnded;
    }

    boolean isWhole() {
        return whole.size() == listing.files().size();
    }

    /** A data folder that is laid out from it. */
    LossyStorage restored() {
        copies.end(listing.copy());
        new CopyManifest(listing.origin(), listing.from(), listing.to(), whole).write(folder, CopyManifest.WHOLE);
        LossyStorage data = new LossyStorage();
        assertThat(new LogRestore(folder, data).run()).isInstanceOf(CopyOutcome.Whole.class);
        return data;
    }

    /** The log offset at which the log ends in it. */
    long to() {
        return listing.to();
    }

    static boolean isOver(@Nullable SteppedCopy copy) {
        return copy == null || copy.isEnded || copy.isWhole();
    }
}
