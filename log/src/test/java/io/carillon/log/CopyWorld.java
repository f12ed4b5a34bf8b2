package io.carillon.log;

import io.carillon.testkit.LossyStorage;
import java.util.ArrayList;
import java.util.List;

/** A log as a source of copies, in this process, with hooks between its answers. */
final class CopyWorld implements CopySource, CopyPace {
    private final LogCopies copies;
    private final String origin;
    private final boolean isAllWritten;
    /** Run before each part is read. */
    Runnable beforePart = () -> {};
    /** Run when the source has something not yet on disk. */
    Runnable whileNotYet = () -> {};

    final List<String> asked = new ArrayList<>();
    long took;
    long kept;

    CopyWorld(LogCopies copies, String origin) {
        this(copies, origin, false);
    }

    CopyWorld(LogCopies copies, String origin, boolean isAllWritten) {
        this.copies = copies;
        this.origin = origin;
        this.isAllWritten = isAllWritten;
    }

    static CopyOutcome fetch(LogDriver driver, LossyStorage into) {
        CopyWorld world = new CopyWorld(driver.log.copies(), "test");
        world.whileNotYet = driver::settle;
        return new LogFetch(into, world, world).run();
    }

    @Override
    public CopyStart begin() {
        return isAllWritten ? copies.beginAllWritten(origin) : copies.begin(origin);
    }

    @Override
    public CopyAnswer part(String copy, CopiedFile file, long at, int length, boolean withBytes) {
        beforePart.run();
        asked.add(file.name() + "@" + at + (withBytes ? "" : "?"));
        return copies.part(copy, file.name(), at, length, withBytes);
    }

    @Override
    public void end(String copy) {
        copies.end(copy);
    }

    @Override
    public void began(CopyListing listing) {}

    @Override
    public void took(long bytes) {
        took += bytes;
    }

    @Override
    public void kept(long bytes) {
        kept += bytes;
    }

    @Override
    public void await() {
        whileNotYet.run();
    }
}
