import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["dist", "src/lib/openapi.d.ts"] },
  ...typescript.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "tests/*.ts"],
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      // What came off the wire is text, never markup or code.
      "no-eval": "error",
      "no-restricted-syntax": ["error", { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text from the wire is never markup." }],
    },
  },
);
