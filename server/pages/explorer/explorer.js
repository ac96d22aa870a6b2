"use strict";

// What is typed here holds passwords: nothing of it outlives the page (no localStorage).
function memoryStorage(first) {
  const kept = new Map(first);
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };
}

// The fragments that `node` spreads, and those that they spread.
function spreadsOf(node, fragments, found = new Set()) {
  for (const selection of node.selectionSet?.selections ?? []) {
    const name = selection.kind === "FragmentSpread" ? selection.name.value : null;
    if (name !== null && fragments.has(name) && !found.has(name)) {
      found.add(name);
      spreadsOf(fragments.get(name), fragments, found);
    }
    spreadsOf(selection, fragments, found);
  }
  return found;
}

// A tab holds many operations and their secrets: only the one that runs leaves the page, with its
// own fragments and variables. A tree older than the text, or none, sends the text as it stands.
function onlyTheChosen(params, tree) {
  const chosen = tree?.definitions.find((each) => each.name?.value === params.operationName);
  if (!chosen || chosen.kind !== "OperationDefinition" || tree.loc?.source.body !== params.query) {
    return params;
  }
  const fragments = new Map(
    tree.definitions.filter((each) => each.kind === "FragmentDefinition").map((each) => [each.name.value, each]),
  );
  const needed = [chosen, ...[...spreadsOf(chosen, fragments)].map((name) => fragments.get(name))];
  const declared = (chosen.variableDefinitions ?? []).map((each) => each.variable.name.value);
  const given = Object.entries(params.variables ?? {}).filter(([name]) => declared.includes(name));
  return {
    operationName: params.operationName,
    query: needed.map((each) => params.query.slice(each.loc.start, each.loc.end)).join("\n\n"),
    variables: Object.fromEntries(given),
  };
}

// `Authorization: Bearer` and no more stands for the last token that a sign-in here returned.
function withToken(headers, token) {
  const sent = new Headers(headers);
  if (sent.get("authorization")?.trim().toLowerCase() === "bearer") {
    sent.delete("authorization");
    if (token !== null) {
      sent.set("authorization", `Bearer ${token}`);
    }
  }
  return sent;
}

function makeFetcher() {
  let token = null;
  return async (params, options) => {
    const headers = withToken(options?.headers, token);
    headers.set("accept", "application/json"); // the other media type's 4xx would fill the browser's console
    headers.set("content-type", "application/json");
    const body = JSON.stringify(onlyTheChosen(params, options?.documentAST));
    const answer = await fetch("/graphql", { method: "POST", headers, body, credentials: "omit" });
    const text = await answer.text();
    let result;
    try {
      result = JSON.parse(text);
    } catch {
      return { errors: [{ message: `HTTP ${answer.status}: ${text.slice(0, 200)}` }] };
    }
    for (const outcome of Object.values(result.data ?? {})) {
      token = outcome?.accessToken ?? token;
    }
    return result;
  };
}

// One tab for each part of operations.graphql, with the variables that the part speaks of.
function tabsOf(operations, variables) {
  return operations
    .split(/^(?=# ---- )/m)
    .filter((part) => part.startsWith("# ---- "))
    .map((query) => {
      const named = new Set([...query.matchAll(/\$(\w+)\s*:/g)].map((match) => match[1]));
      const own = Object.entries(variables).filter(([name]) => named.has(name));
      return { query: query.trimEnd(), variables: JSON.stringify(Object.fromEntries(own), null, 2) };
    });
}

async function read(path) {
  const answer = await fetch(path, { credentials: "omit" });
  if (!answer.ok) {
    throw new Error(`${path}: HTTP ${answer.status}`);
  }
  return answer.text();
}

async function start() {
  const root = document.getElementById("explorer");
  const [operations, variables] = await Promise.all([
    read("/explorer/operations.graphql"),
    read("/explorer/variables.json"),
  ]);
  const headers = JSON.stringify({ Authorization: "Bearer " }, null, 2);
  const tabs = tabsOf(operations, JSON.parse(variables)).map((tab) => ({ ...tab, headers }));
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      fetcher: makeFetcher(),
      storage: memoryStorage([["graphiql:variables", tabs[0].variables]]), // the open tab's are read from here
      defaultTabs: tabs,
      defaultHeaders: headers,
      defaultEditorToolsVisibility: "variables",
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    }),
  );
}

start();
