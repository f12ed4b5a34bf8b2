package io.carillon.broker.transaction;

import io.carillon.message.TopicName;

/** What has become of a half that is decided. */
enum Fate {
    COMMITTED("the transaction was committed before"),
    ROLLED_BACK("the transaction was rolled back before"),
    /** Nobody decided it. */
    GIVEN_UP("nobody decided the transaction in time: its message is in the topic " + TopicName.CHECKED_TOO_OFTEN
            + ", from where it can be resumed"),
    /** Another half took its place when the log dropped it. */
    CARRIED_ON("the transaction's half was written again");

    private final String sentence;

    Fate(String sentence) {
        this.sentence = sentence;
    }

    String sentence() {
        return sentence;
    }
}
