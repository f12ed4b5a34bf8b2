package io.carillon.broker.produce;

/** Why a send was not taken; nothing of it was stored. {@code detail} is a sentence for the client. */
public record Refused(Reason reason, String detail) {
    /** The kinds of refusal; a front maps each to its protocol's code. */
    public enum Reason {
        /** A name, a number or a queue is outside what is allowed. */
        INVALID,
        /** The topic, or this kind of message, is closed to clients. */
        FORBIDDEN,
        /** There is no such topic and it may not be made. */
        NO_SUCH_TOPIC,
        /** The group whose retry topic it is does not exist and may not be made. */
        NO_GROUP,
        /** Something that it needs does not exist yet: make it by {@link ProduceService#createFor} and try again. */
        TO_MAKE,
        /** It has a key: take it again with {@link Send#isKeyed}, alone in the batch of a keyed send. */
        KEYED,
        /** It needs a light queue, and there are as many as there may be. */
        NO_ROOM,
        /** As many as may be are under way; later there may be room. */
        BUSY,
        /** Body or properties are too large or not well-formed. */
        ILLEGAL_MESSAGE
    }
}
