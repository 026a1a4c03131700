// What a reader sees of each cell, in JupyterLab and in a page made by nbconvert: both use the same classes.
(() => {
  const area = element => element.getBoundingClientRect().width * element.getBoundingClientRect().height;
  const picture = element => element.tagName === "IMG"
    ? element.complete && element.naturalWidth * element.naturalHeight > 0 && area(element) > 0
    : area(element) > 0;
  const pictures = element => [...element.querySelectorAll("img, svg")].map(picture);
  const kind = element => element.dataset.mimeType || element.querySelector("[data-mime-type]")?.dataset.mimeType || "";
  const output = element => ({
    kind: kind(element),
    text: element.innerText,
    pictures: pictures(element),
    tables: [...element.querySelectorAll("table")].filter(area).length,
    width: element.scrollWidth,
    room: element.clientWidth,
  });
  const cell = element => ({
    isCode: element.classList.contains("jp-CodeCell"),
    prompt: element.querySelector(".jp-InputPrompt")?.innerText ?? "",
    markdown: element.querySelector(".jp-MarkdownOutput")?.innerText ?? "",
    pictures: [...element.querySelectorAll(".jp-MarkdownOutput")].flatMap(pictures),
    outputs: [...element.querySelectorAll(".jp-OutputArea-output")].map(output),
  });
  return {
    cells: [...document.querySelectorAll(".jp-Cell")].map(cell),
    dialogs: [...document.querySelectorAll(".jp-Dialog")].map(element => element.innerText),
    isLoaded: document.readyState === "complete" && [...document.images].every(image => image.complete),
  };
})()
