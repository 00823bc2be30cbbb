// Comfort only: every page works without this file.
(function () {
  "use strict";

  // Copy buttons.
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) return; // not offered on plain http
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      const text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(function () {
        button.textContent = button.dataset.done;
        setTimeout(function () { button.textContent = label; }, 2000);
      });
    });
  });

  // Search boxes over lists of choices. A choice that is made stays visible.
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }
  document.querySelectorAll("[data-filter]").forEach(function (box) {
    box.parentElement.hidden = false;
    box.addEventListener("input", function () {
      const wanted = plain(box.value.trim());
      document.getElementById(box.dataset.filter).querySelectorAll("li").forEach(function (item) {
        const chosen = item.querySelector("input").checked;
        item.hidden = !chosen && !plain(item.textContent).includes(wanted);
      });
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Enter") event.preventDefault();
    });
  });

  // What is not chosen need not be in the address.
  document.querySelectorAll("form[method=get]").forEach(function (form) {
    form.addEventListener("submit", function () {
      form.querySelectorAll("input, select").forEach(function (field) {
        if (!field.value) field.disabled = true;
      });
      setTimeout(function () {
        form.querySelectorAll(":disabled").forEach(function (field) { field.disabled = false; });
      }, 0);
    });
  });

  // The submission form asks only what the kind of file needs.
  const kinds = document.querySelectorAll("input[name=kind]");
  const connector = document.getElementById("connector-field");
  if (kinds.length && connector) {
    const show = function () {
      const national = document.querySelector("input[name=kind]:checked").value === "national";
      connector.hidden = !national;
    };
    kinds.forEach(function (kind) { kind.addEventListener("change", show); });
    show();
  }

  // The focus goes to what went wrong.
  const summary = document.querySelector(".summary[tabindex]");
  if (summary) summary.focus();

  // A submission that is being worked on renews itself, without moving the page.
  const working = document.querySelector("[data-renew]");
  if (working) {
    const renew = function () {
      fetch(location.href, { headers: { Accept: "text/html" } })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(); })
        .then(function (text) {
          const fresh = new DOMParser().parseFromString(text, "text/html");
          if (!fresh.querySelector("[data-renew]")) { location.reload(); return; }
          document.querySelector("[data-renew]").replaceChildren(
            ...fresh.querySelector("[data-renew]").childNodes);
          setTimeout(renew, 2000);
        })
        .catch(function () { setTimeout(renew, 5000); });
    };
    setTimeout(renew, 2000);
  }
})();
