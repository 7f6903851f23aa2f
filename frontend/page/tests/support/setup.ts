import { toast } from "sonner";
import { server } from "./api.ts";

// What jsdom lacks and the page uses.
window.matchMedia = ((media: string) => Object.assign(new EventTarget(), { matches: false, media })) as never;
Element.prototype.setPointerCapture = () => undefined;

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  toast.dismiss();
  server.resetHandlers();
  localStorage.clear();
  sessionStorage.clear();
});
afterAll(() => server.close());
