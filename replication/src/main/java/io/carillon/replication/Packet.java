package io.carillon.replication;

import com.alipay.remoting.CustomSerializerManager;
import com.alipay.remoting.DefaultCustomSerializer;
import com.alipay.remoting.InvokeContext;
import com.alipay.remoting.rpc.RequestCommand;
import com.alipay.remoting.rpc.ResponseCommand;
import com.alipay.remoting.rpc.protocol.RpcRequestCommand;
import com.alipay.remoting.rpc.protocol.RpcResponseCommand;
import java.io.Serializable;

/** Bytes that go over the connections of the Raft library beside its own requests. */
@SuppressWarnings("serial") // the transport wants the type; it is never serialised in Java's way
abstract class Packet implements Serializable {
    final byte[] bytes;

    Packet(byte[] bytes) {
        this.bytes = bytes;
    }

    static final class Question extends Packet {
        private static final long serialVersionUID = 1L;

        Question(byte[] bytes) {
            super(bytes);
        }
    }

    static final class Answer extends Packet {
        private static final long serialVersionUID = 1L;

        Answer(byte[] bytes) {
            super(bytes);
        }
    }

    /** The bytes as they are. */
    private static final class Plain extends DefaultCustomSerializer {
        @Override
        public <T extends RequestCommand> boolean serializeContent(T request, InvokeContext context) {
            if (request instanceof RpcRequestCommand command
                    && command.getRequestObject() instanceof Question question) {
                command.setContent(question.bytes);
                return true;
            }
            return false;
        }

        @Override
        public <T extends ResponseCommand> boolean serializeContent(T response) {
            if (response instanceof RpcResponseCommand command
                    && command.getResponseObject() instanceof Answer answer) {
                command.setContent(answer.bytes);
                return true;
            }
            return false;
        }

        @Override
        public <T extends RequestCommand> boolean deserializeContent(T request) {
            if (request instanceof RpcRequestCommand command) {
                command.setRequestObject(new Question(bytesOf(command.getContent())));
                return true;
            }
            return false;
        }

        @Override
        public <T extends ResponseCommand> boolean deserializeContent(T response, InvokeContext context) {
            if (response instanceof RpcResponseCommand command) {
                command.setResponseObject(new Answer(bytesOf(command.getContent())));
                return true;
            }
            return false;
        }

        private static byte[] bytesOf(byte[] content) {
            return content == null ? new byte[0] : content;
        }
    }

    /** Before anything is sent or received. */
    static void register() {
        Plain plain = new Plain();
        CustomSerializerManager.registerCustomSerializer(Question.class.getName(), plain);
        CustomSerializerManager.registerCustomSerializer(Answer.class.getName(), plain);
    }
}
