package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.entity.LocalStorageOutter.StablePBMeta;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.io.ProtoBufFile;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.replication.VoteFile.Vote;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A vote that does not read as it was cast is none: whoever took another one for it could vote twice. */
class VoteFileTest {
    private static final PeerId CANDIDATE = PeerId.parsePeer("127.0.0.1:10921::7");
    private static final Vote VOTE = new Vote(41, CANDIDATE);

    @TempDir
    private Path data;

    private Path file;
    private VoteFile vote;

    @BeforeEach
    void open() {
        vote = new VoteFile(data.resolve("raft"));
        file = data.resolve("raft").resolve(VoteFile.NAME);
    }

    /** As the library itself wrote it, which earlier versions had do it. */
    private void writeUnsealed() throws Exception {
        Files.createDirectories(data.resolve("raft"));
        StablePBMeta meta = StablePBMeta.newBuilder()
                .setTerm(VOTE.term())
                .setVotedfor(CANDIDATE.toString())
                .build();
        assertThat(new ProtoBufFile(file.toString()).save(meta, true)).isTrue();
    }

    private RaftMeta begin(long termMin) {
        RaftMeta meta = new RaftMeta(new VoteFile(data.resolve("raft")), termMin);
        assertThat(meta.init(new RaftMetaStorageOptions())).isTrue();
        return meta;
    }

    @Test
    void isThereAfterARestart() {
        assertThat(vote.read()).isNull();
        vote.write(VOTE);

        assertThat(new VoteFile(data.resolve("raft")).read()).isEqualTo(VOTE);
    }

    @Test
    void anyFlippedBitAndAnyOtherByteIsFound() throws Exception {
        vote.write(VOTE);
        byte[] written = Files.readAllBytes(file);

        for (int at = 0; at < written.length; at++) {
            for (int flip : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 255, written[at]}) {
                byte[] damaged = written.clone();
                damaged[at] ^= (byte) flip;
                Files.write(file, damaged);
                boolean isSame = Arrays.equals(damaged, written);
                assertThat(vote.isReadable())
                        .as("byte %s ^ %s", at, flip & 0xff)
                        .isEqualTo(isSame);
            }
        }
    }

    @Test
    void anyTruncationIsFound() throws Exception {
        vote.write(VOTE);
        byte[] written = Files.readAllBytes(file);

        for (int length = 0; length < written.length; length++) {
            Files.write(file, Arrays.copyOf(written, length));
            assertThat(vote.isReadable()).as("%s bytes", length).isFalse();
        }
    }

    @Test
    void oneOfAnEarlierVersionIsReadAndSealedAtTheFirstStart() throws Exception {
        writeUnsealed();
        assertThat(vote.read()).isEqualTo(VOTE);
        assertThat(vote.isSealed()).isFalse();

        RaftMeta meta = begin(40);

        assertThat(meta.getTerm()).isEqualTo(41);
        assertThat(meta.getVotedFor()).isEqualTo(CANDIDATE);
        assertThat(vote.isSealed()).isTrue();
        assertThat(vote.read()).isEqualTo(VOTE);
    }

    @Test
    void anyTruncationOfOneOfAnEarlierVersionIsFound() throws Exception {
        writeUnsealed();
        byte[] written = Files.readAllBytes(file);

        for (int length = 0; length < written.length; length++) {
            Files.write(file, Arrays.copyOf(written, length));
            assertThat(vote.isReadable()).as("%s bytes", length).isFalse();
        }
    }

    @Test
    void beginsWithTheLastTermOfALogThatOneProcessHadForItself() {
        RaftMeta meta = begin(12);

        assertThat(meta.getTerm()).isEqualTo(12);
        assertThat(vote.read()).isEqualTo(new Vote(12, PeerId.emptyPeer()));
    }

    @Test
    void isDurableBeforeItIsCast() {
        RaftMeta meta = begin(0);

        assertThat(meta.setTermAndVotedFor(5, CANDIDATE)).isTrue();
        assertThat(begin(0).getVotedFor()).isEqualTo(CANDIDATE);
        assertThat(meta.setTerm(6)).isTrue();
        assertThat(vote.read()).isEqualTo(new Vote(6, CANDIDATE));
        assertThat(meta.setVotedFor(PeerId.emptyPeer())).isTrue();
        assertThat(vote.read()).isEqualTo(new Vote(6, PeerId.emptyPeer()));
    }

    @Test
    void isNotCastWhenTheDiskRefuses() throws Exception {
        RaftMeta meta = begin(3);
        Files.createDirectory(file.resolveSibling(VoteFile.NAME + ".new"));
        Files.createFile(file.resolveSibling(VoteFile.NAME + ".new").resolve("in the way"));

        assertThat(meta.setTermAndVotedFor(5, CANDIDATE)).isFalse();
        assertThat(meta.getTerm()).isEqualTo(3);
        assertThat(vote.read()).isEqualTo(new Vote(3, PeerId.emptyPeer()));
    }

    @Test
    void aDamagedOneEndsAStartWithAWordAboutIt() throws Exception {
        vote.write(VOTE);
        Files.write(file, new byte[7]);

        assertThatThrownBy(() -> begin(0)).isInstanceOf(Corrupt.class).hasMessageContaining(VoteFile.NAME);
        assertThat(file).hasBinaryContent(new byte[7]);
    }

    @Test
    void noVoteTakesThePlaceOfADamagedOneAlone() throws Exception {
        vote.write(VOTE);
        vote.beginWithoutVote();
        assertThat(vote.read()).isEqualTo(VOTE);

        Files.write(file, new byte[7]);
        vote.beginWithoutVote();
        assertThat(vote.read()).isEqualTo(Vote.NONE);
    }
}
