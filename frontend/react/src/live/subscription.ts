import type { LiveTicket } from "../client/types.js";

/** The client's side of the AppSync Events WebSocket protocol: one connection with one subscription. */
const SUBPROTOCOL = "aws-appsync-event-ws";
/** A server that accepts the connection and says nothing must not hold it for longer. */
const HANDSHAKE_MS = 15_000;
/** The longest silence that a server may ask for, and the default. A shorter one than 10 s would end sound connections. */
const LONGEST_SILENCE_MS = 300_000;
const SHORTEST_SILENCE_MS = 10_000;

export interface SubscriptionHandlers {
  /** The subscription is confirmed. */
  onOpen: () => void;
  /** Something has changed. The message does not say what. */
  onNudge: () => void;
}

interface Frame {
  type?: unknown;
  connectionTimeoutMs?: unknown;
}

/** Connect and subscribe. Resolves when the connection has ended: by an error, by `signal`, or after `longestMs`. */
export function runSubscription(
  { ticket, channel, websocket_url, http_host }: LiveTicket,
  longestMs: number,
  { onOpen, onNudge }: SubscriptionHandlers,
  signal: AbortSignal,
): Promise<void> {
  const authorization = { host: http_host, Authorization: ticket };
  const socket = new WebSocket(websocket_url, [SUBPROTOCOL, `header-${encodeHeader(authorization)}`]);
  const send = (message: object) => socket.send(JSON.stringify(message));
  return new Promise((resolve) => {
    let state: "connecting" | "acknowledged" | "open" = "connecting";
    let silenceMs = LONGEST_SILENCE_MS;

    const end = () => {
      clearTimeout(deadline);
      clearTimeout(renewal);
      signal.removeEventListener("abort", end);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve();
    };
    const handle = ({ type, connectionTimeoutMs }: Frame) => {
      if (type === "connection_ack" && state === "connecting") {
        state = "acknowledged";
        silenceMs = Math.min(Math.max(Number(connectionTimeoutMs) || silenceMs, SHORTEST_SILENCE_MS), silenceMs);
        // A connection has one subscription, so its id need not differ from others.
        send({ type: "subscribe", id: "updates", channel, authorization });
      } else if (type === "subscribe_success" && state === "acknowledged") {
        state = "open";
        onOpen();
      } else if (type === "data") onNudge();
      else if (String(type).endsWith("error")) return end();
      if (state !== "open" || !type) return;
      clearTimeout(deadline);
      deadline = setTimeout(end, silenceMs);
    };

    let deadline = setTimeout(end, HANDSHAKE_MS);
    const renewal = setTimeout(end, longestMs);
    signal.addEventListener("abort", end);
    socket.onopen = () => send({ type: "connection_init" });
    socket.onclose = end; // An error closes the socket too.
    socket.onmessage = ({ data }) => handle(parseFrame(data));
  });
}

/** Parse a message. One that is not of this protocol has no type: it changes nothing, and shows no life. */
function parseFrame(data: unknown): Frame {
  try {
    return Object(JSON.parse(String(data)));
  } catch {
    return {};
  }
}

/** Encode as base64url, whose characters a subprotocol's name may have. */
const encodeHeader = (authorization: object) =>
  btoa(JSON.stringify(authorization)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
