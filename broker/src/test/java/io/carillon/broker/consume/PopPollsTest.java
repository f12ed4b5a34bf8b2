package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import org.junit.jupiter.api.Test;

class PopPollsTest {
    private final ManualTicker ticker = new ManualTicker();
    private final PopPolls polls = new PopPolls(ticker, 100, 10, 25_000);
    private int resumed;

    private PopPoll poll(String topic) {
        return poll(topic, "G");
    }

    private PopPoll poll(String topic, String group) {
        return new PopPoll(topic, group, 0, false) {
            @Override
            public boolean isAlive() {
                return true;
            }

            @Override
            public void resume() {
                resumed++;
            }
        };
    }

    @Test
    void keepsNothingOfATopicThatIsDeleted() {
        for (int i = 0; i < 50; i++) {
            assertThat(polls.park(poll("T" + i), 1000)).isTrue();
        }

        for (int i = 0; i < 50; i++) {
            polls.onTopicDeleted("T" + i);
        }

        assertThat(resumed).isEqualTo(50);
        assertThat(polls.topicCount()).isZero();
        polls.wake("%RETRY%G_T0", "G", -1);
        assertThat(resumed).isEqualTo(50);
    }

    @Test
    void keepsNothingOfAGroupThatIsDeleted() {
        for (int i = 0; i < 50; i++) {
            polls.park(poll("T" + i), 1000);
        }
        polls.park(poll("T0", "other"), 1000);

        polls.onGroupDeleted("G");

        assertThat(resumed).isEqualTo(50);
        assertThat(polls.topicCount()).isEqualTo(1);
        polls.wake("%RETRY%G_T0", "G", -1);
        assertThat(resumed).isEqualTo(50);
        polls.wake("%RETRY%other_T0", "other", -1);
        assertThat(resumed).isEqualTo(51);
    }

    @Test
    void wakesWhoWaitsForAGroupThatIsThereAgain() {
        polls.park(poll("T"), 1000);
        polls.onGroupDeleted("G");
        polls.park(poll("T"), 1000);

        polls.wake("T", "G", 0);

        assertThat(resumed).isEqualTo(2);
    }

    @Test
    void makesNoLineForAPollWhoseTimeIsUpAfterItsTopicWasDeleted() {
        PopPoll dropped = poll("T");
        polls.park(dropped, 1000);
        polls.onTopicDeleted("T");

        ticker.advanceMs(2000);
        assertThat(polls.doWork()).isZero();
        assertThat(polls.drop(dropped)).isFalse();

        assertThat(polls.topicCount()).isZero();
    }

    @Test
    void wakesWhoWaitsForATopicThatIsThereAgain() {
        polls.park(poll("T"), 1000);
        polls.onTopicDeleted("T");
        polls.park(poll("T"), 1000);

        polls.wake("T", "G", 0);
        polls.park(poll("T"), 1000);
        polls.wake("%RETRY%G_T", "G", -1);

        assertThat(resumed).isEqualTo(3);
    }
}
