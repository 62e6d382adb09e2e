import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const instance = process.env.NETMONSEC_URL ?? "http://127.0.0.1:8080";
// The browser's own host goes along: the program compares it with the origin of a change.
const proxy = { "/api": { target: instance, ws: true, changeOrigin: false }, "/metrics": { target: instance, changeOrigin: false } };

// What the program sends with the dashboard, so that a preview is held to the same.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The content policy lets no inline script and no data: script through.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": POLICY } },
});
