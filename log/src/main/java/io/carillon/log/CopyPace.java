package io.carillon.log;

/** PORT: how quickly a copy is made, and who looks on. All methods run on the thread that copies. */
public interface CopyPace {
    /** What is going to be copied. */
    void began(CopyListing listing);

    /** So many bytes came; returns when more may. */
    void took(long bytes);

    /** So many bytes were there from an earlier try, and checked. */
    void kept(long bytes);

    /** The source needs a moment; returns after it. */
    void await();
}
