import "@tidings/react/styles.css";
import "@tidings/react/connections.css";
import type { ReactNode } from "react";
import { Providers } from "./providers";

export const metadata = { title: "Tidings in Next.js" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
