package io.carillon.systemtests.delaystores;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That the witness sees what it is there for. */
class WitnessTest {
    private static final String MOVE =
            "+1.0 [0 127.0.0.1:5] \"EVALSHA\" \"sha\" \"1\" \"{dq:3}\" \"%s\" \"500\" \"wake\" \"\"";
    private static final String CLAIM =
            "+1.0 [0 127.0.0.1:6] \"EVALSHA\" \"sha\" \"1\" \"{dq:3}\" \"1\" \"0\" \"50\" \"4000\"";
    private static final String READY =
            "+1.0 [0 lua] \"ZADD\" \"{dq:3}:r:1:0\" \"17\" \"a\\x00\\\"\\\\b\" \"18\" \"c\"";
    private static final String TAKEN =
            "+1.0 [0 lua] \"ZADD\" \"{dq:3}:unacked\" \"99\" \"a\\x00\\\"\\\\b\\x00\" \"99\" \"c\\x00\"";

    private final Witness witness = new Witness(0);

    private void move(String lease) {
        witness.hear(String.format(MOVE, lease));
        witness.hear(READY);
    }

    @Test
    void readsWhatRedisPrints() {
        assertThat(Witness.words("\"ZADD\" \"a\\x00\\\"\\\\\\n\\xff\"")).containsExactly("ZADD", "a\0\"\\\n\u00ff");
    }

    @Test
    void findsNothingWrongWithWhatIsTakenInBetween() {
        move("n-1:5");
        witness.hear(CLAIM);
        witness.hear(TAKEN);
        move("n-2:6");

        assertThat(witness.moves()).isEqualTo(4);
        assertThat(witness.violations()).isEmpty();
    }

    @Test
    void seesWhatIsMovedTwice() {
        move("n-1:5");
        move("n-1:5");

        assertThat(witness.violations()).hasSize(2).allMatch(one -> one.startsWith("moved twice"));
    }

    @Test
    void seesAMoveByALeaseThatIsOver() {
        move("n-2:6");
        witness.hear(CLAIM);
        witness.hear(TAKEN);
        move("n-1:5");

        assertThat(witness.violations()).singleElement().asString().startsWith("fenced");
    }

    @Test
    void letsWhatRedisForgotBeMovedAgain() {
        move("n-1:5");
        witness.hear("+1.0 [0 127.0.0.1:7] \"FLUSHALL\"");
        move("n-1:6");

        assertThat(witness.violations()).isEmpty();
    }
}
