/** The page that sends the manifest to GitHub: a form, because that is how GitHub takes it. */
export function setupPage({
  action,
  manifest,
  publicUrl,
}: {
  action: string;
  manifest: object;
  publicUrl: string;
}): string {
  return page(
    'Register this App',
    `<p>GitHub will show what the App asks for and make its key and secret. They are saved here, and leave this machine for nobody.</p>
     <p>GitHub will send webhooks to <code>${escape(publicUrl)}</code>. If that is not how GitHub reaches this machine, set <code>PUBLIC_URL</code> and start again.</p>
     <form method="post" action="${escape(action)}">
       <input type="hidden" name="manifest" value="${escape(JSON.stringify(manifest))}">
       <button>Register on GitHub</button>
     </form>`,
  );
}

export function donePage({ name, installUrl, file }: { name: string; installUrl: string; file: string }): string {
  return page(
    `${name} is registered`,
    `<p>Its credentials are in <code>${escape(file)}</code>. <strong>Start the App again</strong>, then <a href="${escape(installUrl)}">install it</a> on the repositories that it shall work in.</p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Flotilla: ${escape(title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:38rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style>
<h1>${escape(title)}</h1>
${body}
</html>`;
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
