import { toast } from "sonner";
import { server } from "./server.ts";

// jsdom has no matchMedia and no pointer capture, which the page uses.
window.matchMedia = ((media: string) => Object.assign(new EventTarget(), { matches: false, media })) as never;
Element.prototype.setPointerCapture = () => undefined;

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  toast.dismiss();
  server.resetHandlers();
});
afterAll(() => server.close());
