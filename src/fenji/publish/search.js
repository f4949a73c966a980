"use strict";
// Searches the index of this handbook in the page itself. What the data says only ever becomes text.
(function () {
  var index = JSON.parse(document.getElementById("index").textContent);
  var field = document.getElementById("q");
  var list = document.getElementById("hits");
  var note = document.getElementById("note");
  var FACTORS = [1, 1.6, 3.2]; // story, remedy, title: as the index weighs them
  var STEP = 20;
  var HAN = "[\\u3005\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}]";
  var LETTERS = index.letters;
  var LETTER = "(?:(?!" + HAN + ")[\\p{L}\\p{N}]|[" + LETTERS.like + "])";
  var LATIN = LETTER + "(?:" + LETTER + "|[" + LETTERS.marks + "])*";
  var HAN_RUN = new RegExp(HAN + "+", "gu");
  var IS_HAN = new RegExp("^" + HAN, "u");
  var LATIN_RUN = new RegExp(LATIN + "(?:[-_./·]+" + LATIN + ")*", "gu");
  var NARROWING = /(^|\s)(site|year|kind|p):([^\s]+)/g;

  // --- folding: one character for one, so that a place in the folded text is the place in the text ---

  var table = new Map();
  var pairs = Array.from(index.fold);
  for (var at = 0; at < pairs.length; at += 2) table.set(pairs[at], pairs[at + 1]);

  function foldLetter(letter) {
    if (table.has(letter)) return table.get(letter);
    var plain = letter.normalize("NFKC").toLowerCase();
    if (Array.from(plain).length !== 1) plain = letter;
    var base = plain.normalize("NFD")[0];
    if (/[a-zα-ω]/i.test(base)) return base.toLowerCase();
    return table.get(plain) || plain;
  }

  function fold(text) {
    return Array.from(text, foldLetter).join("");
  }

  var SILENT = new RegExp("[" + LETTERS.silent + "]+", "gu");

  // A folded word as the index has it: marks dropped, letters that stand for several written out.
  function spellOut(word) {
    if (/^[\x00-\x7f]*$/.test(word)) return word;
    var plain = word.normalize("NFKC").replace(/ß/g, "ss").toLowerCase().replace(/ς/g, "σ").replace(SILENT, "");
    return fold(Array.from(plain, function (letter) { return LETTERS.spelled[letter] || letter; }).join(""));
  }

  // --- the parts of a large index, loaded when a question needs them ---

  var parts = new Map();
  var waiting = new Map();
  window.fenji = function (name, held) {
    parts.set(name, held);
  };

  function part(name) {
    if (parts.has(name)) return Promise.resolve(parts.get(name));
    if (!waiting.has(name)) {
      waiting.set(name, new Promise(function (done, failed) {
        var script = document.createElement("script");
        script.src = "search/" + name + ".js";
        script.onload = function () { done(parts.get(name)); };
        script.onerror = function () { waiting.delete(name); failed(new Error(name)); };
        document.head.appendChild(script);
      }));
    }
    return waiting.get(name);
  }

  function shard(term) {
    var begin = Array.from(term).slice(0, IS_HAN.test(term) ? 1 : 2);
    var value = begin.reduce(function (sum, letter) { return (sum * 31 + letter.codePointAt(0)) % 65521; }, 0);
    return value % index.shards;
  }

  function terms(term) {
    return index.terms ? Promise.resolve(index.terms) : part("t" + shard(term));
  }

  function documents(places) {
    if (index.docs) return Promise.resolve(places.map(function (place) { return index.docs[place]; }));
    return Promise.all(places.map(function (place) {
      return part("d" + Math.floor(place / index.block)).then(function (block) { return block[place % index.block]; });
    }));
  }

  // --- what is asked: groups of ways, a way being terms that must all be there ---

  function pairsOf(run) {
    var letters = Array.from(run);
    if (letters.length < 2) return [{ begin: run }];
    return letters.slice(1).map(function (letter, at) { return { term: letters[at] + letter }; });
  }

  function askHan(run) {
    return pairsOf(run).map(function (one) { return [[one]]; });
  }

  function askLatin(run) {
    var pieces = run.split(/[-_./·]+/).filter(Boolean);
    var whole = pieces.join("");
    var ways = [[{ begin: whole }]];
    if (pieces.length > 1) ways.push(pieces.map(function (one) { return { begin: one }; }));
    var bare = whole.replace(/(?:ings?|e[sd]|s)$/, "");
    if (/^[a-z]{4,}$/.test(whole) && bare !== whole && bare.length > 2) ways.push([{ begin: bare }]);
    return [ways];
  }

  function asked(text) {
    var folded = fold(text);
    var must = [];
    var rest = folded.replace(NARROWING, function (_, before, key, value) {
      must.push(key + ":" + value);
      return " ";
    });
    var groups = [];
    (rest.match(HAN_RUN) || []).forEach(function (run) { groups.push.apply(groups, askHan(run)); });
    (rest.match(LATIN_RUN) || []).forEach(function (run) { groups.push.apply(groups, askLatin(spellOut(run))); });
    return { must: must, groups: groups };
  }

  // --- answering ---

  function opened(held, best) {
    var place = 0;
    held.split(",").forEach(function (one) {
      var value = parseInt(one, 36);
      place += Math.floor(value / 3);
      best.set(place, Math.max(best.get(place) || 0, FACTORS[value % 3]));
    });
  }

  function found(one) {
    var key = one.term || one.begin;
    return terms(key).then(function (there) {
      var best = new Map();
      if (one.term) {
        if (Object.prototype.hasOwnProperty.call(there, key)) opened(there[key], best);
        return best;
      }
      Object.keys(there).forEach(function (term) {
        if (term.startsWith(key) && term.indexOf(":") < 0) opened(there[term], best);
      });
      return best;
    });
  }

  function both(one, other) {
    var best = new Map();
    one.forEach(function (weight, place) {
      if (other.has(place)) best.set(place, Math.min(weight, other.get(place)));
    });
    return best;
  }

  function answered(ways) {
    return Promise.all(ways.map(function (way) {
      return Promise.all(way.map(found)).then(function (each) { return each.reduce(both); });
    })).then(function (each) {
      var best = new Map();
      each.forEach(function (one) {
        one.forEach(function (weight, place) { best.set(place, Math.max(best.get(place) || 0, weight)); });
      });
      return best;
    });
  }

  function ranked(question) {
    return Promise.all([
      Promise.all(question.groups.map(answered)),
      Promise.all(question.must.map(function (term) { return found({ term: term }); }))
    ]).then(function (both) {
      var score = new Map();
      var cover = new Map();
      both[0].forEach(function (best) {
        if (!best.size) return;
        var rarity = Math.log(1 + index.n / best.size);
        best.forEach(function (weight, place) {
          score.set(place, (score.get(place) || 0) + weight * rarity);
          cover.set(place, (cover.get(place) || 0) + rarity);
        });
      });
      if (!both[0].length && both[1].length) both[1][0].forEach(function (_, place) { score.set(place, 0); cover.set(place, 1); });
      var most = 0;
      cover.forEach(function (one) { most = Math.max(most, one); });
      var places = Array.from(score.keys()).filter(function (place) {
        return cover.get(place) >= 0.6 * most && both[1].every(function (one) { return one.has(place); });
      });
      return places.sort(function (one, other) { return score.get(other) - score.get(one) || one - other; });
    });
  }

  // --- showing ---

  function element(name, text) {
    var made = document.createElement(name);
    if (text) made.textContent = text;
    return made;
  }

  function marked(title, question) {
    var letters = Array.from(title);
    var folded = letters.map(function (one) { return one.length > 1 ? "\uffff" : foldLetter(one); }).join("");
    var marks = new Set();
    var runs = []; // words that are written otherwise than they are looked up
    folded.replace(LATIN_RUN, function (run) {
      var spelled = spellOut(run);
      if (spelled.length !== run.length) runs.push({ at: arguments[arguments.length - 2], length: run.length, spelled: spelled });
      return run;
    });
    question.groups.forEach(function (ways) {
      ways.forEach(function (way) {
        way.forEach(function (one) {
          var key = one.term || one.begin;
          runs.forEach(function (run) {
            if (run.spelled.indexOf(key) < 0) return;
            for (var place = run.at; place < run.at + run.length; place++) marks.add(place);
          });
          for (var at = folded.indexOf(key); at >= 0; at = folded.indexOf(key, at + 1)) {
            for (var next = at; next < at + key.length; next++) marks.add(next);
          }
        });
      });
    });
    var made = element("span");
    letters.forEach(function (letter, place) {
      var name = marks.has(place) ? "MARK" : "SPAN";
      var last = made.lastChild;
      if (!last || last.nodeName !== name) last = made.appendChild(element(name.toLowerCase()));
      last.textContent += letter;
    });
    return made;
  }

  function hit(held, question) {
    var link = element("a");
    link.href = index.pages[held[2]] + ".html#" + held[0];
    link.appendChild(marked(held[1], question));
    var made = element("li");
    made.appendChild(link);
    made.appendChild(element("small", held[0] + (held[3] ? " · " + held[3] : "")));
    if (held[4]) made.appendChild(element("p", held[4]));
    return made;
  }

  function show(places, question, number, upTo) {
    return documents(places.slice(0, upTo)).then(function (held) {
      if (number !== turn) return;
      list.textContent = "";
      held.forEach(function (one) { list.appendChild(hit(one, question)); });
      if (places.length > upTo) {
        var more = element("button", index.say.more);
        more.type = "button";
        more.onclick = function () {
          show(places, question, number, upTo + STEP).then(function () { list.children[upTo].firstChild.focus(); });
        };
        list.appendChild(more);
      }
    });
  }

  var turn = 0;
  function search() {
    var number = ++turn;
    var question = asked(field.value);
    document.body.classList.toggle("searching", field.value.trim() !== "");
    if (!question.groups.length && !question.must.length) {
      list.textContent = note.textContent = "";
      return Promise.resolve([]);
    }
    return ranked(question).then(function (places) {
      if (number !== turn) return places;
      note.textContent = places.length ? index.say.found.replace("{count}", places.length) : index.say.none;
      return show(places, question, number, STEP).then(function () { return places; });
    }).catch(function () {
      note.textContent = index.say.lost;
      return [];
    });
  }

  // --- the address: #q=words, ?q=words, or #NUMBER, which leads on to the problem ---

  function fromAddress() {
    var words = /[#?&]q=([^&#]*)/.exec(location.hash) || /[?&]q=([^&#]*)/.exec(location.search);
    var number = /^#([A-Z][A-Z0-9]*-\d{4}-\d{4,}(?:-[0-9A-Z]{2})?)$/.exec(location.hash);
    if (number) return lead(number[1]);
    if (!words && !field.value) return;
    try {
      field.value = words ? decodeURIComponent(words[1].replace(/\+/g, " ")) : "";
    } catch (error) {
      field.value = words[1];
    }
    window.scrollTo(0, 0);
    search();
  }

  function lead(wanted) {
    ranked(asked(wanted)).then(function (places) { return documents(places.slice(0, 5)); }).then(function (held) {
      var there = held.filter(function (one) { return one[0] === wanted; })[0];
      if (there) return location.replace(index.pages[there[2]] + ".html#" + wanted);
      field.value = wanted;
      search();
    });
  }

  var pause;
  field.addEventListener("input", function () {
    clearTimeout(pause);
    pause = setTimeout(search, 120);
  });

  function settle() {
    clearTimeout(pause);
    search().then(function () {
      var words = field.value.trim();
      history.replaceState(null, "", words ? "#q=" + encodeURIComponent(words) : location.pathname);
    });
  }

  document.addEventListener("keydown", function (event) {
    var typing = event.target === field;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "Escape" && (typing || field.value)) {
      event.preventDefault();
      field.value = "";
      field.focus();
      settle();
    } else if (event.key === "ArrowDown" && typing && list.firstChild) {
      event.preventDefault();
      list.firstChild.firstChild.focus();
    }
  });

  field.form.addEventListener("submit", function (event) {
    event.preventDefault();
    field.blur();
    settle();
  });
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
