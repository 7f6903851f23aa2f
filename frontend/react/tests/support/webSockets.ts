type Frame = Record<string, unknown>;

/** A WebSocket whose server is the test. */
export class FakeWebSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Frame[] = [];
  isClosed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    sockets.push(this);
  }

  send(message: string) {
    this.sent.push(JSON.parse(message));
  }

  close() {
    this.isClosed = true;
  }

  /** Receive a message of the server: a frame, or the data of one that is none. */
  receive(message: Frame | string | Blob | null) {
    this.onmessage?.({
      data: message instanceof Blob || typeof message === "string" ? message : JSON.stringify(message),
    });
  }

  /** Play a server that accepts and confirms. */
  confirm(connectionTimeoutMs: unknown = 300_000) {
    this.onopen?.();
    this.receive({ type: "connection_ack", connectionTimeoutMs });
    this.receive({ type: "subscribe_success", id: this.sent[1]?.id });
  }

  nudge() {
    this.receive({ type: "data", id: this.sent[1]?.id, event: "{}" });
  }

  /** Play a connection that breaks, or is refused. */
  drop() {
    this.isClosed = true;
    this.onclose?.();
  }
}

/** All that were opened in this test, in order. */
export const sockets: FakeWebSocket[] = [];

export const openSockets = () => sockets.filter((socket) => !socket.isClosed);

export function lastSocket(): FakeWebSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error("No WebSocket was opened.");
  return socket;
}

export function stubWebSockets() {
  sockets.length = 0;
  vi.stubGlobal("WebSocket", FakeWebSocket);
}
